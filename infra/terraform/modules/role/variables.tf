variable "name" {
  description = "Name of the role."
  type        = string

  validation {
    condition     = length(var.name) <= 64
    error_message = "A role's name has at most 64 characters."
  }
}

variable "service" {
  description = "The AWS service that takes the role on: `lambda.amazonaws.com`."
  type        = string
}

variable "source_account" {
  description = "Account the service must act for; empty where the service does not say."
  type        = string
  default     = ""
}

variable "statements" {
  description = "What the role may do: one statement per need. `reason` goes to the documentation, not to AWS."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    reason    = string
    equals    = optional(map(string), {}) # condition StringEquals
  }))

  validation {
    condition     = alltrue([for s in var.statements : alltrue([for a in s.actions : can(regex("^[a-z0-9-]+:[A-Za-z]+$", a))])])
    error_message = "An action is spelled out, without wildcards."
  }
  validation {
    condition     = alltrue([for s in var.statements : length(s.actions) > 0 && length(s.resources) > 0])
    error_message = "A statement names its actions and its resources."
  }
  validation {
    condition     = length(distinct([for s in var.statements : s.sid])) == length(var.statements)
    error_message = "Each need is stated once."
  }
}
