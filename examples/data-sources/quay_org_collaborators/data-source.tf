terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

data "quay_org_collaborators" "platform" {
  orgname = "example-platform"
}

output "repositories_shared_with" {
  value = {
    for collaborator in data.quay_org_collaborators.platform.collaborators :
    collaborator.name => collaborator.repositories
  }
}
