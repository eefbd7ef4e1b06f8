data "aws_partition" "current" {}

module "declaration" {
  source = "../modules/declaration"
  file   = var.pipeline_file
  names  = var.project.names

  judged = {
    name   = var.project.pipeline.name
    sha256 = var.project.pipeline.file_sha256
  }
}

locals {
  arn     = "arn:${data.aws_partition.current.partition}"
  actions = flatten([for stage in module.declaration.pipeline.stages : stage.actions])

  repositories = [for a in local.actions : a.configuration if a.actionTypeId.provider == "CodeStarSourceConnection"]
  connections  = toset([for c in local.repositories : c.ConnectionArn if c.ConnectionArn != ""])
  cloning      = distinct([for c in local.repositories : c.ConnectionArn if try(c.OutputArtifactFormat, "CODE_ZIP") == "CODEBUILD_CLONE_REF"])
  functions    = toset([for a in local.actions : a.configuration.FunctionName if a.actionTypeId.provider == "Lambda"])
}

# Creating a pipeline starts it. Without the repository or the functions that first run would fail, and people would be
# told so; looking here fails the plan instead.
data "aws_codestarconnections_connection" "git" {
  for_each = local.connections
  arn      = each.value

  lifecycle {
    postcondition {
      condition     = self.connection_status == "AVAILABLE"
      error_message = "The connection ${each.value} is ${self.connection_status}. Open Developer Tools, Settings, Connections in the AWS console and choose Update pending connection."
    }
  }
}

data "aws_lambda_function" "called" {
  for_each      = local.functions
  function_name = each.value
}

module "build" {
  source               = "../modules/build"
  name                 = var.project.build_project
  account              = var.project.account
  region               = var.project.region
  artifacts_arn        = "${local.arn}:s3:::${var.project.artifacts_bucket}"
  timeout_minutes      = var.project.build_timeout_minutes
  image                = var.build_image
  compute              = var.build_compute
  environment          = var.build_environment
  secret_arns          = var.build_secret_arns
  parameter_arns       = var.build_parameter_arns
  clone_connection_arn = one(local.cloning) == null ? "" : one(local.cloning)
  log_retention_days   = var.log_retention_days
}

module "pipeline" {
  source           = "../modules/pipeline"
  project          = var.project.name
  declaration      = module.declaration.pipeline
  account          = var.project.account
  region           = var.project.region
  artifacts_bucket = var.project.artifacts_bucket
}
