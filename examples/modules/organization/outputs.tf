output "name" {
  value       = quay_organization.this.name
  description = "Name of the organization, known as soon as it exists."
}

output "client_ids" {
  value       = { for name, application in quay_org_application.this : name => application.client_id }
  description = "OAuth client ids of the applications, by name. No secret is put out: read it with the ephemeral resource quay_org_application_secret."
}

output "tag_expiration_s" {
  value       = quay_organization.this.tag_expiration_s
  description = "How many seconds a deleted tag can be brought back."
}

output "unexpected_members" {
  value       = try(quay_org_member_allowlist.this[0].unexpected_members, toset([]))
  description = "Members who are not allowed, as the last refresh found them."
}
