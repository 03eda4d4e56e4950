terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

data "quay_org_members" "platform" {
  orgname = "example-platform"
}

output "owners" {
  value = [
    for member in data.quay_org_members.platform.members : member.name
    if contains(member.teams, "owners")
  ]
}
