variable "quay_host" {
  type        = string
  description = "Host of Quay, with its port if it has one, as it stands before the names of images."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9.-]+(:[0-9]+)?$", var.quay_host))
    error_message = "The host of Quay is written as quay.example.com or quay.example.com:8443, without https:// and without a path."
  }
}

variable "upstreams" {
  type = map(object({
    registry          = string
    username          = optional(string)
    password_version  = optional(number, 1)
    expiration        = optional(string, "1d")
    insecure          = optional(bool, false)
    validate_upstream = optional(bool, true)
    force_destroy     = optional(bool, true)
  }))
  description = "Upstream registries, by the name of the organization that caches each of them."
  nullable    = false

  validation {
    condition     = !contains([for name in keys(var.upstreams) : can(regex("^[a-z0-9]+([._-][a-z0-9]+)*$", name)) && length(name) >= 2 && length(name) <= 255], false)
    error_message = "The keys are names of organizations: 2 to 255 lower-case letters and digits, between which single dots, dashes and underscores may stand."
  }

  validation {
    condition     = !contains([for it in values(var.upstreams) : can(regex("^[^/:@?#\\s]+(:[0-9]+)?(/[^@?#\\s]*)?$", it.registry))], false)
    error_message = "A registry is written as host, host:port or host/namespace, such as docker.io or registry.example.com:5000/team: without https://."
  }

  validation {
    condition     = !contains([for it in values(var.upstreams) : can(regex("^[0-9]+[smhdw]$", it.expiration))], false)
    error_message = "An expiration is a whole number and one of s, m, h, d and w, such as 12h."
  }

  validation {
    condition     = !contains([for it in values(var.upstreams) : try(length(it.username), 1) > 0], false)
    error_message = "A user name is not empty. Leave it out where the registry lets everybody in."
  }
}

variable "passwords" {
  type        = map(string)
  description = "Passwords at the upstream registries, by organization: one for each upstream with a user name. They are stored nowhere."
  default     = {}
  nullable    = false
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = length(setsubtract([for name, it in var.upstreams : name if it.username != null], keys(var.passwords))) == 0
    error_message = "Each upstream with a user name needs a password: give it in passwords, by the same key."
  }

  validation {
    condition     = !contains([for it in values(var.passwords) : length(it) > 0], false)
    error_message = "A password is not empty."
  }
}
