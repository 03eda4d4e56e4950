terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

data "quay_organization" "platform" {
  name = "example-platform"
}

output "teams" {
  value = data.quay_organization.platform.teams[*].name
}
