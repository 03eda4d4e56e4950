terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

data "quay_org_application" "ci" {
  orgname = "example-platform"
  name    = "ci"
}

output "client_id" {
  value = data.quay_org_application.ci.client_id
}
