variable "name" {
  description = "Name of the bucket; bucket names are shared by everybody on AWS."
  type        = string
}

variable "versioned" {
  description = "Whether overwritten objects are kept as older versions."
  type        = bool
  default     = true
}

variable "eventbridge" {
  description = "Whether changes of objects become events."
  type        = bool
  default     = false
}

variable "expire_days" {
  description = "Objects older than this are removed; 0 keeps them for ever."
  type        = number
  default     = 0

  validation {
    condition     = var.expire_days == 0 || var.expire_days >= 31
    error_message = "A pipeline run may wait 30 days for its artifacts: keep them longer."
  }
}

variable "noncurrent_days" {
  description = "Older versions of objects are removed this long after they were replaced."
  type        = number
  default     = 90

  validation {
    condition     = var.noncurrent_days >= 31
    error_message = "A pipeline run may wait 30 days for the version it was pinned to: keep versions longer."
  }
}

variable "readers" {
  description = "Statements of the bucket's policy that let AWS services in, beside the refusal of plain HTTP."
  type = list(object({
    sid        = string
    service    = string
    actions    = list(string)
    resources  = list(string)
    source_arn = string
  }))
  default = []
}
