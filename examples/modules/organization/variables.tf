variable "organization" {
  type = object({
    name                  = string
    email                 = optional(string)
    tag_expiration        = optional(string)
    invoice_email         = optional(bool)
    invoice_email_address = optional(string)
    force_destroy         = optional(bool, false)
    applications = optional(map(object({
      description     = optional(string, "")
      application_uri = optional(string, "")
      redirect_uri    = optional(string, "")
      avatar_email    = optional(string)
    })), {})
    allowed_members = optional(set(string))
  })
  description = "The organization, its applications by name, and who may be a member of it."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+([._-][a-z0-9]+)*$", var.organization.name))
    error_message = "The name of an organization is made of lower-case letters and digits, between which single dots, dashes and underscores may stand."
  }

  validation {
    condition     = length(var.organization.name) >= 2 && length(var.organization.name) <= 255
    error_message = "The name of an organization has 2 to 255 characters."
  }

  validation {
    condition     = var.organization.email == null || can(regex("^[^@]+@[^@.]+([.][^@.]+)+$", var.organization.email))
    error_message = "An e-mail address looks like ops@example.com. Leave it out where there is none."
  }

  validation {
    condition     = var.organization.tag_expiration == null || can(regex("^[0-9]+[smhdw]$", var.organization.tag_expiration))
    error_message = "The tag expiration is a whole number and one of s, m, h, d and w, such as 2w."
  }

  validation {
    condition     = !contains([for name in keys(var.organization.applications) : length(name) >= 1 && length(name) <= 255], false)
    error_message = "The name of an application has 1 to 255 characters."
  }

  validation {
    condition     = try(length(var.organization.allowed_members), 1) > 0
    error_message = "An organization has at least one member, its owner. Leave allowed_members out where everybody may be a member."
  }
}
