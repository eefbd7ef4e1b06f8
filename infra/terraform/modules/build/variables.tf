variable "name" {
  description = "Name of the CodeBuild project."
  type        = string
}

variable "account" {
  description = "Account the project belongs to."
  type        = string
}

variable "region" {
  description = "Region the project lies in."
  type        = string
}

variable "artifacts_arn" {
  description = "ARN of the pipeline's artifact bucket."
  type        = string
}

variable "timeout_minutes" {
  description = "How long a build may take: [build] timeout_minutes of laststop.toml."
  type        = number

  validation {
    condition     = var.timeout_minutes >= 5 && var.timeout_minutes <= 2160
    error_message = "CodeBuild takes 5 to 2160 minutes; set [build] timeout_minutes in laststop.toml."
  }
}

variable "image" {
  description = "Build image."
  type        = string
  default     = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
}

variable "compute" {
  description = "Kind and size of the build machine; they have to fit the image."
  type = object({
    type = string
    size = string
  })
  default = { type = "LINUX_CONTAINER", size = "BUILD_GENERAL1_SMALL" }
}

variable "environment" {
  description = "Variables of every build. Secrets do not belong here: name them in buildspec.yml and in secret_arns."
  type        = map(string)
  default     = {}
}

variable "secret_arns" {
  description = "Secrets Manager secrets that buildspec.yml reads."
  type        = list(string)
  default     = []
}

variable "parameter_arns" {
  description = "SSM parameters that buildspec.yml reads."
  type        = list(string)
  default     = []
}

variable "clone_connection_arn" {
  description = "Connection the build clones with (OutputArtifactFormat CODEBUILD_CLONE_REF); empty when it unpacks a zip."
  type        = string
  default     = ""
}

variable "log_retention_days" {
  description = "How long build logs are kept."
  type        = number
  default     = 90
}
