variable "name" {
  description = "Name of the table."
  type        = string
}

variable "partition_key" {
  description = "Attribute items are spread by; a string."
  type        = string
}

variable "sort_key" {
  description = "Attribute items of one partition are ordered by; a string."
  type        = string
}

variable "stream" {
  description = "Whether the table has a change stream with both images."
  type        = bool
  default     = false
}

variable "deletion_protection" {
  description = "Whether the table refuses to be deleted."
  type        = bool
  default     = true
}
