terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

resource "quay_organization" "platform" {
  name = "example-platform"
}

resource "quay_org_application" "ci" {
  orgname         = quay_organization.platform.name
  name            = "ci"
  description     = "Pushes the images that CI builds"
  application_uri = "https://ci.example.com"
  redirect_uri    = "https://ci.example.com/oauth/callback"
}
