variable "declaration" {
  description = "CodePipeline's own structure with its placeholders filled: output `pipeline` of modules/declaration."
  type        = any # the structure is judged by `laststop aws render`; here it is only spelled for the provider
}

variable "account" {
  description = "Account of the pipeline."
  type        = string
}

variable "region" {
  description = "Region of the pipeline."
  type        = string
}

variable "artifacts_bucket" {
  description = "Name of the artifact bucket."
  type        = string
}

variable "project" {
  description = "Name of the project; the role is called `<project>-pipeline`."
  type        = string
}
