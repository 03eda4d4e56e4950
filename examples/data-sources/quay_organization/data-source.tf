terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

resource "quay_organization" "shown" {
  name = "example-shown"
}

data "quay_organization" "shown" {
  name = quay_organization.shown.name
}

output "teams" {
  value = data.quay_organization.shown.teams[*].name
}
