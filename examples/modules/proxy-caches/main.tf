# An organization with a proxy cache for each upstream registry.

resource "quay_organization" "this" {
  for_each = var.upstreams
  name     = each.key
  # Nothing is in these organizations that could not be pulled again.
  force_destroy = each.value.force_destroy
}

resource "quay_proxy_cache" "this" {
  for_each                              = var.upstreams
  orgname                               = quay_organization.this[each.key].name
  upstream_registry                     = each.value.registry
  upstream_registry_username            = each.value.username
  upstream_registry_password_wo         = each.value.username == null ? null : lookup(var.passwords, each.key, "")
  upstream_registry_password_wo_version = each.value.username == null ? null : each.value.password_version
  expiration_s                          = provider::quay::duration_seconds(each.value.expiration)
  insecure                              = each.value.insecure
  validate_upstream                     = each.value.validate_upstream
}
