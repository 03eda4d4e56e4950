# An organization with a proxy cache for each upstream registry.

terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

variable "quay_host" {
  type        = string
  description = "Host of Quay, with its port if it has one, as it is written before images."
}

variable "upstreams" {
  type = map(object({
    registry         = string
    username         = optional(string)
    password_version = optional(number, 1)
    expiration       = optional(string, "1d")
    insecure         = optional(bool, false)
  }))
  description = "Upstream registries, by the name of the organization that caches them."
}

variable "passwords" {
  type        = map(string)
  description = "Passwords at the upstream registries, by organization: one for each with a user name. They are stored nowhere."
  default     = {}
  sensitive   = true
  ephemeral   = true
}

# Nothing is in these organizations that could not be pulled again.
resource "quay_organization" "mirror" {
  for_each      = var.upstreams
  name          = each.key
  force_destroy = true
}

resource "quay_proxy_cache" "mirror" {
  for_each                              = var.upstreams
  orgname                               = quay_organization.mirror[each.key].name
  upstream_registry                     = each.value.registry
  upstream_registry_username            = each.value.username
  upstream_registry_password_wo         = each.value.username == null ? null : lookup(var.passwords, each.key, "")
  upstream_registry_password_wo_version = each.value.username == null ? null : each.value.password_version
  expiration_s                          = provider::quay::duration_seconds(each.value.expiration)
  insecure                              = each.value.insecure
}

output "mirrors" {
  value = {
    for organization, cache in quay_proxy_cache.mirror : organization => {
      registry = cache.upstream_registry
      prefix   = "${var.quay_host}/${organization}"
    }
  }
  description = "By organization: the upstream registry, and what stands in its place before the names of its images."
}
