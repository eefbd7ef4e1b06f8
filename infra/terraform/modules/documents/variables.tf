variable "bucket" {
  description = "Name of the bucket."
  type        = string
}

variable "objects" {
  description = "Every document object, with the bytes of its first generation in base64."
  type = list(object({
    key         = string
    seed_base64 = string
  }))

  validation {
    condition     = length(var.objects) >= 1 && length(var.objects) <= 4
    error_message = "A CodeBuild action takes five inputs: the repository and at most four documents."
  }
}
