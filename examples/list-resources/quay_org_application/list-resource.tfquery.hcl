list "quay_org_application" "platform" {
  provider = quay

  config {
    orgname = "example-platform"
  }
}
