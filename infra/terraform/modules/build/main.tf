data "aws_partition" "current" {}

locals {
  arn       = "arn:${data.aws_partition.current.partition}"
  log_group = "/aws/codebuild/${var.name}"
  service   = split(":", "${var.clone_connection_arn}::")[2] # codeconnections, or codestar-connections before 2024

  needs = concat(
    [
      {
        sid       = "WriteLogs"
        actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        resources = ["${local.arn}:logs:${var.region}:${var.account}:log-group:${local.log_group}:*"]
        reason    = "the build's output; a suffix because streams are named by build"
      },
      {
        sid       = "ReadInputs"
        actions   = ["s3:GetObject", "s3:GetObjectVersion"]
        resources = ["${var.artifacts_arn}/*"]
        reason    = "the run's artifacts; their keys are CodePipeline's to choose"
      },
      {
        sid       = "WriteOutputs"
        actions   = ["s3:PutObject"]
        resources = ["${var.artifacts_arn}/*"]
        reason    = "the built site; its key is CodePipeline's to choose"
      },
      {
        sid       = "ReportTests"
        actions   = ["codebuild:CreateReportGroup", "codebuild:CreateReport", "codebuild:UpdateReport", "codebuild:BatchPutTestCases", "codebuild:BatchPutCodeCoverages"]
        resources = ["${local.arn}:codebuild:${var.region}:${var.account}:report-group/${var.name}-*"]
        reason    = "reports of buildspec.yml; CodeBuild names their groups after the project"
      },
    ],
    length(var.secret_arns) == 0 ? [] : [{
      sid       = "ReadSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = var.secret_arns
      reason    = "what buildspec.yml names under secrets-manager"
    }],
    length(var.parameter_arns) == 0 ? [] : [{
      sid       = "ReadParameters"
      actions   = ["ssm:GetParameters"]
      resources = var.parameter_arns
      reason    = "what buildspec.yml names under parameter-store"
    }],
    var.clone_connection_arn == "" ? [] : [{
      sid       = "CloneRepository"
      actions   = ["${local.service}:UseConnection"]
      resources = [var.clone_connection_arn]
      reason    = "CODEBUILD_CLONE_REF: the build clones the repository itself"
    }],
  )
}

module "role" {
  source         = "../role"
  name           = var.name
  service        = "codebuild.amazonaws.com"
  source_account = var.account
  statements     = local.needs
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts with a key of AWS's own
  #checkov:skip=CKV_AWS_338:log_retention_days is a variable; a year of build logs is seldom read
  name              = local.log_group
  retention_in_days = var.log_retention_days
}

resource "aws_codebuild_project" "this" {
  #checkov:skip=CKV_AWS_147:outputs go to the pipeline's artifact bucket, which encrypts
  #checkov:skip=CKV_AWS_316:builds run without privileges; this build needs no Docker
  name           = var.name
  description    = "Builds the site of every run"
  service_role   = module.role.arn
  build_timeout  = var.timeout_minutes
  queued_timeout = 480

  source {
    type = "CODEPIPELINE" # and buildspec.yml in the root of the primary source
  }

  artifacts {
    type = "CODEPIPELINE"
  }

  environment {
    type            = var.compute.type
    compute_type    = var.compute.size
    image           = var.image
    privileged_mode = false

    dynamic "environment_variable" {
      for_each = var.environment

      content {
        name  = environment_variable.key
        value = environment_variable.value
      }
    }
  }

  logs_config {
    cloudwatch_logs {
      group_name = aws_cloudwatch_log_group.this.name
      status     = "ENABLED"
    }
  }
}
