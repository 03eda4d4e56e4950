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

resource "quay_org_member_allowlist" "platform" {
  orgname         = quay_organization.platform.name
  allowed_members = ["admin", "alice", "bob"]
}

# Empty after each apply. A plan shows here who was added by hand.
output "strangers" {
  value = quay_org_member_allowlist.platform.unexpected_members
}
