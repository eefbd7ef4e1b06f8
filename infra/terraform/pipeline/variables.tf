variable "pipeline_file" {
  description = "Path of the project's pipeline.yml."
  type        = string
  nullable    = false
}

variable "build_image" {
  description = "CodeBuild image of the build."
  type        = string
  default     = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
}

variable "build_compute" {
  description = "Kind and size of the build machine; they have to fit the image."
  type = object({
    type = string
    size = string
  })
  default = { type = "LINUX_CONTAINER", size = "BUILD_GENERAL1_SMALL" }
}

variable "build_environment" {
  description = "Variables of every build, none of them secret."
  type        = map(string)
  default     = {}
}

variable "build_secret_arns" {
  description = "Secrets Manager secrets that buildspec.yml reads."
  type        = list(string)
  default     = []
}

variable "build_parameter_arns" {
  description = "SSM parameters that buildspec.yml reads."
  type        = list(string)
  default     = []
}

variable "log_retention_days" {
  description = "How long build logs are kept."
  type        = number
  default     = 90
}

variable "tags" {
  description = "Tags of everything, beside project and managed-by."
  type        = map(string)
  default     = {}
}
