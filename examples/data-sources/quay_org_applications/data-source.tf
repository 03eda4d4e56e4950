terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

data "quay_org_applications" "platform" {
  orgname = "example-platform"
}

output "client_ids" {
  value = data.quay_org_applications.platform.applications[*].client_id
}
