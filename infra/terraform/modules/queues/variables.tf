variable "project" {
  description = "Name of the project."
  type        = string
}

variable "account" {
  description = "Account the queues belong to."
  type        = string
}

variable "region" {
  description = "Region the queues lie in."
  type        = string
}
