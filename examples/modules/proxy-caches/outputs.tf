output "caches" {
  value = {
    for organization, cache in quay_proxy_cache.this : organization => {
      registry     = cache.upstream_registry
      pull_prefix  = "${var.quay_host}/${cache.orgname}"
      expiration_s = cache.expiration_s
    }
  }
  description = "By organization: the upstream registry, what stands in its place before the names of its images, and how many seconds a cached tag is kept."
}

output "pull_prefixes" {
  value       = { for cache in values(quay_proxy_cache.this) : cache.upstream_registry => "${var.quay_host}/${cache.orgname}"... }
  description = "By upstream registry: what may stand in its place before the names of its images."
}
