# An organization with its applications, and a list of those who may be members.

resource "quay_organization" "this" {
  name                  = var.organization.name
  email                 = var.organization.email
  tag_expiration_s      = var.organization.tag_expiration == null ? null : provider::quay::duration_seconds(var.organization.tag_expiration)
  invoice_email         = var.organization.invoice_email
  invoice_email_address = var.organization.invoice_email_address
  force_destroy         = var.organization.force_destroy
}

resource "quay_org_application" "this" {
  for_each        = var.organization.applications
  orgname         = quay_organization.this.name
  name            = each.key
  description     = each.value.description
  application_uri = each.value.application_uri
  redirect_uri    = each.value.redirect_uri
  avatar_email    = each.value.avatar_email
}

resource "quay_org_member_allowlist" "this" {
  count           = var.organization.allowed_members == null ? 0 : 1
  orgname         = quay_organization.this.name
  allowed_members = var.organization.allowed_members
}
