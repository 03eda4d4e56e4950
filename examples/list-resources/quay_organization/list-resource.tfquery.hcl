list "quay_organization" "mine" {
  provider = quay
}
