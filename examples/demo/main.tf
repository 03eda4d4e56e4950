# What `make demo` applies.

terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

# The address and the token of Quay come from QUAY_URL and QUAY_TOKEN.
provider "quay" {}

resource "quay_organization" "acme" {
  name             = "acme"
  email            = "ops@acme.example"
  tag_expiration_s = provider::quay::duration_seconds("1w")
}

resource "quay_org_application" "ci" {
  orgname     = quay_organization.acme.name
  name        = "ci"
  description = "Pushes the images that CI builds"
}

data "quay_organization" "acme" {
  name = quay_organization.acme.name
}

output "owners" {
  value = [for team in data.quay_organization.acme.teams : team.name if team.role == "admin"]
}
