terraform {
  required_version = ">= 1.14"
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

# Run it with: terraform apply -invoke=action.quay_remove_org_member.bob
action "quay_remove_org_member" "bob" {
  config {
    orgname = "example-platform"
    name    = "bob"
  }
}
