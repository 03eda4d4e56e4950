terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

resource "quay_organization" "platform" {
  name             = "example-platform"
  email            = "platform@example.com"
  tag_expiration_s = 604800 # one week
}
