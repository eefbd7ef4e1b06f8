# What the pipeline's role needs follows from what the declaration uses: one statement per kind of action or rule.
data "aws_partition" "current" {}

locals {
  arn           = "arn:${data.aws_partition.current.partition}"
  here          = "${var.region}:${var.account}"
  artifacts_arn = "${local.arn}:s3:::${var.artifacts_bucket}"

  actions = flatten([for stage in var.declaration.stages : stage.actions])
  gates   = flatten([for stage in var.declaration.stages : [for gate in ["beforeEntry", "onSuccess", "onFailure"] : try(stage[gate].conditions, [])]])
  rules   = flatten([for condition in local.gates : try(condition.rules, [])])

  configured = { for kind in distinct([for a in local.actions : "${a.actionTypeId.category}/${a.actionTypeId.provider}"]) :
    kind => [for a in local.actions : try(a.configuration, {}) if "${a.actionTypeId.category}/${a.actionTypeId.provider}" == kind]
  }
  ruled = { for kind in distinct([for r in local.rules : r.ruleTypeId.provider]) :
    kind => [for r in local.rules : try(r.configuration, {}) if r.ruleTypeId.provider == kind]
  }

  objects     = lookup(local.configured, "Source/S3", [])
  connections = distinct([for c in lookup(local.configured, "Source/CodeStarSourceConnection", []) : c.ConnectionArn])
  builds      = distinct([for c in concat(lookup(local.configured, "Build/CodeBuild", []), lookup(local.configured, "Test/CodeBuild", [])) : c.ProjectName])
  batches     = distinct([for c in concat(lookup(local.configured, "Build/CodeBuild", []), lookup(local.configured, "Test/CodeBuild", [])) : c.ProjectName if try(c.BatchEnabled, "false") == "true"])
  deploys     = distinct([for c in lookup(local.configured, "Deploy/S3", []) : c.BucketName])
  functions   = distinct([for c in concat(lookup(local.configured, "Invoke/Lambda", []), lookup(local.ruled, "LambdaInvoke", [])) : c.FunctionName])
  pipelines   = distinct([for c in lookup(local.configured, "Invoke/CodePipeline", []) : c.PipelineName])
  topics      = distinct(compact([for c in lookup(local.configured, "Approval/Manual", []) : try(c.NotificationArn, "")]))
  alarms      = distinct([for c in lookup(local.ruled, "CloudWatchAlarm", []) : c.AlarmName])
  commands    = contains(keys(local.configured), "Compute/Commands") || contains(keys(local.ruled), "Commands")
  roles       = distinct(compact([for item in concat(local.actions, local.rules) : try(item.roleArn, "")]))

  needs = concat(
    [
      {
        sid       = "KeepArtifacts"
        actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
        resources = ["${local.artifacts_arn}/*"]
        reason    = "the artifacts of runs; their keys are CodePipeline's to choose"
      },
      {
        sid       = "KnowArtifactStore"
        actions   = ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"]
        resources = [local.artifacts_arn]
        reason    = "CodePipeline looks at its artifact store before it writes there"
      },
    ],
    length(local.objects) == 0 ? [] : [
      {
        sid       = "ReadSourceObjects"
        actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"]
        resources = distinct([for c in local.objects : "${local.arn}:s3:::${c.S3Bucket}/${try(c.AllowOverrideForS3ObjectKey, "false") == "true" ? "*" : c.S3ObjectKey}"])
        reason    = "the metadata documents; a key is left open only where the declaration lets a start name another"
      },
      {
        sid       = "KnowSourceBuckets"
        actions   = ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"]
        resources = distinct([for c in local.objects : "${local.arn}:s3:::${c.S3Bucket}"])
        reason    = "an S3 source looks whether its bucket is versioned"
      },
    ],
    length(local.connections) == 0 ? [] : [{
      sid       = "UseConnections"
      actions   = distinct([for arn in local.connections : "${split(":", arn)[2]}:UseConnection"])
      resources = local.connections
      reason    = "the repository; the action's service is the one in the connection's ARN, which changed its name in 2024"
    }],
    length(local.builds) == 0 ? [] : [{
      sid       = "RunBuilds"
      actions   = concat(["codebuild:BatchGetBuilds", "codebuild:StartBuild"], length(local.batches) == 0 ? [] : ["codebuild:BatchGetBuildBatches", "codebuild:StartBuildBatch"])
      resources = [for name in local.builds : "${local.arn}:codebuild:${local.here}:project/${name}"]
      reason    = "builds and tests"
    }],
    length(local.functions) == 0 ? [] : [{
      sid       = "CallFunctions"
      actions   = ["lambda:InvokeFunction"]
      resources = [for name in local.functions : "${local.arn}:lambda:${local.here}:function:${name}"]
      reason    = "functions of actions and of rules"
    }],
    length(local.deploys) == 0 ? [] : [{
      sid       = "DeployToBuckets"
      actions   = ["s3:PutObject"]
      resources = [for name in local.deploys : "${local.arn}:s3:::${name}/*"]
      reason    = "Deploy/S3 actions; their paths are the artifact's to choose"
    }],
    length(local.pipelines) == 0 ? [] : [{
      sid       = "StartPipelines"
      actions   = ["codepipeline:StartPipelineExecution"]
      resources = [for name in local.pipelines : "${local.arn}:codepipeline:${local.here}:${name}"]
      reason    = "Invoke/CodePipeline actions"
    }],
    length(local.topics) == 0 ? [] : [{
      sid       = "AskForApproval"
      actions   = ["sns:Publish"]
      resources = local.topics
      reason    = "NotificationArn of approvals"
    }],
    length(local.alarms) == 0 ? [] : [{
      sid       = "LookAtAlarms"
      actions   = ["cloudwatch:DescribeAlarms"]
      resources = [for name in local.alarms : "${local.arn}:cloudwatch:${local.here}:alarm:${name}"]
      reason    = "CloudWatchAlarm rules"
    }],
    !local.commands ? [] : [{
      sid       = "LogCommands"
      actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["${local.arn}:logs:${local.here}:log-group:/aws/codepipeline/${var.declaration.name}", "${local.arn}:logs:${local.here}:log-group:/aws/codepipeline/${var.declaration.name}:*"]
      reason    = "output of Commands; CodePipeline makes the group itself"
    }],
    length(local.roles) == 0 ? [] : [{
      sid       = "TakeOnRoles"
      actions   = ["sts:AssumeRole"]
      resources = local.roles
      reason    = "actions and rules with a roleArn of their own"
    }],
  )
}

module "role" {
  source         = "../role"
  name           = "${var.project}-pipeline"
  service        = "codepipeline.amazonaws.com"
  source_account = var.account
  statements     = local.needs
}
