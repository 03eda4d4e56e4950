terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

resource "quay_organization" "platform" {
  name             = "example-platform"
  tag_expiration_s = provider::quay::duration_seconds("2w")
}
