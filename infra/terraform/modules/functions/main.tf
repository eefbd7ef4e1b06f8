# One role per function, one statement per need. Needs that several functions share are spelled once in `may` and named
# by each; the table docs/reference/iam.md is written from what stands here.
data "aws_partition" "current" {}

locals {
  arn          = "arn:${data.aws_partition.current.partition}"
  here         = "${var.region}:${var.account}"
  catalog_arn  = "${local.arn}:dynamodb:${local.here}:table/${var.catalog_table}"
  ledger_arn   = "${local.arn}:dynamodb:${local.here}:table/${var.ledger_table}"
  pipeline_arn = "${local.arn}:codepipeline:${local.here}:${var.pipeline.name}"
  function_arn = "${local.arn}:lambda:${local.here}:function:${var.project}"

  may = {
    read_settings = {
      sid       = "ReadSettings"
      actions   = ["ssm:GetParameter"]
      resources = ["${local.arn}:ssm:${local.here}:parameter/${var.project}/settings"]
      reason    = "what laststop.toml says; the other parameters are in the function's environment"
    }
    keep_ledger = {
      sid       = "KeepLedger"
      actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"]
      resources = [local.ledger_arn]
      reason    = "laststop's own state: verdicts, leases, holds, messages; written with conditions, transactions included"
    }
    query_catalog = {
      sid       = "QueryCatalog"
      actions   = ["dynamodb:Query"]
      resources = [local.catalog_arn]
      reason    = "events only name algorithms; their versions are read again. Nothing is ever written there"
    }
    scan_catalog = {
      sid       = "ScanCatalog"
      actions   = ["dynamodb:Scan"]
      resources = [local.catalog_arn]
      reason    = "the sweep compares every algorithm with the documents"
    }
    read_documents = {
      sid       = "ReadDocuments"
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = var.documents.object_arns
      reason    = "the newest generation, and the one a run was pinned to"
    }
    list_documents = {
      sid       = "TellMissingDocuments"
      actions   = ["s3:ListBucket"]
      resources = [var.documents.bucket_arn]
      reason    = "without it S3 answers 403 for a missing object, and missing could not be told from forbidden"
    }
    write_documents = {
      sid       = "WriteDocuments"
      actions   = ["s3:PutObject"]
      resources = var.documents.object_arns
      reason    = "the next generation, with If-Match"
    }
    read_site = {
      sid       = "ReadSite"
      actions   = ["s3:GetObject"]
      resources = ["${var.site_arn}/*"]
      reason    = "manifests, contents of kept releases, and the pages a conditional write is planned against; the site's paths are the build's to choose"
    }
    list_site = {
      sid       = "TellMissingFiles"
      actions   = ["s3:ListBucket"]
      resources = [var.site_arn]
      reason    = "which files are stored already; and 404 instead of 403"
    }
    write_site = {
      sid       = "WriteSite"
      actions   = ["s3:PutObject"]
      resources = ["${var.site_arn}/*"]
      reason    = "files of a release, pages at the switch; the paths are the build's to choose"
    }
    clear_site = {
      sid       = "ClearSite"
      actions   = ["s3:DeleteObject"]
      resources = ["${var.site_arn}/*"]
      reason    = "pages a release no longer has, and releases that are kept no longer; older versions stay for a while"
    }
    read_run = {
      sid       = "ReadRun"
      actions   = ["codepipeline:GetPipelineExecution"]
      resources = [local.pipeline_arn]
      reason    = "a run's bill; nothing of it is taken from an event"
    }
    read_history = {
      sid       = "ReadHistory"
      actions   = ["codepipeline:ListPipelineExecutions", "codepipeline:ListActionExecutions"]
      resources = [local.pipeline_arn]
      reason    = "what is under way, what ended and how; events only say that something changed"
    }
    read_declaration = {
      sid       = "ReadDeclaration"
      actions   = ["codepipeline:GetPipeline"]
      resources = [local.pipeline_arn]
      reason    = "which source reads which document, and which stage switches; it may have been applied anew"
    }
    start_runs = {
      sid       = "StartRuns"
      actions   = ["codepipeline:StartPipelineExecution"]
      resources = [local.pipeline_arn]
      reason    = "a run pinned to the newest documents"
    }
    answer_jobs = {
      sid       = "AnswerJobs"
      actions   = ["codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult", "codepipeline:GetJobDetails"]
      resources = ["*"]
      reason    = "how an action ended; these three know no resource, only the job's id"
    }
    fail_jobs = {
      sid       = "FailJobs"
      actions   = ["codepipeline:PutJobFailureResult"]
      resources = ["*"]
      reason    = "the answer for a function that died; it knows no resource, only the job's id"
    }
    purge_edge = {
      sid       = "PurgeEdge"
      actions   = ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"]
      resources = [var.distribution_arn]
      reason    = "clear what changed, and wait until CloudFront says it is cleared everywhere"
    }
    read_secret = {
      sid       = "ReadSlackToken"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [var.slack_secret_arn]
      reason    = "the token messages are sent with"
    }
    read_builds = {
      sid       = "ReadBuilds"
      actions   = ["codebuild:BatchGetBuilds"]
      resources = ["${local.arn}:codebuild:${local.here}:project/${var.build_project}"]
      reason    = "where the log of a failed build is"
    }
    read_build_logs = {
      sid       = "ReadBuildLogs"
      actions   = ["logs:GetLogEvents"]
      resources = ["${local.arn}:logs:${local.here}:log-group:/aws/codebuild/${var.build_project}:*"]
      reason    = "the first causal line of a failed build; a suffix because streams are named by build"
    }
    schedule_recheck = {
      sid       = "ScheduleRecheck"
      actions   = ["scheduler:CreateSchedule"]
      resources = ["${local.arn}:scheduler:${local.here}:schedule/default/${var.project}-recheck-*"]
      reason    = "look again at what was deployed, but not yet visible; each schedule deletes itself"
    }
    pass_schedule_role = {
      sid       = "PassScheduleRole"
      actions   = ["iam:PassRole"]
      resources = ["${local.arn}:iam::${var.account}:role/${var.project}-schedule"]
      equals    = { "iam:PassedToService" = "scheduler.amazonaws.com" }
      reason    = "the schedule calls verify-live by this role"
    }
    close_front = {
      sid       = "CloseFront"
      actions   = ["codepipeline:DisableStageTransition", "codepipeline:EnableStageTransition"]
      resources = ["${local.pipeline_arn}/${var.pipeline.front_stage}"]
      reason    = "a hold closes the way into the stage behind the sources, lifting opens it"
    }
    send_stream_failures = {
      sid       = "SendStreamFailures"
      actions   = ["sqs:SendMessage"]
      resources = [var.queue_arns.stream_failures]
      reason    = "the stream mapping sends by this role what it gave up"
    }
    send_function_failures = {
      sid       = "SendFailures"
      actions   = ["sqs:SendMessage"]
      resources = [var.queue_arns.function_failures]
      reason    = "on-failure destination of asynchronous calls"
    }
    call_answer_failure = {
      sid       = "CallAnswerFailure"
      actions   = ["lambda:InvokeFunction"]
      resources = ["${local.function_arn}-answer-failure"]
      reason    = "on-failure destination of a job function: somebody answers for the dead"
    }
    read_stream = {
      sid       = "ReadStream"
      actions   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
      resources = [var.catalog_stream_arn]
      reason    = "the stream mapping polls by this role"
    }
  }

  # Needs that come together: what a function that answers a job has, what knowing a run, judging and telling take.
  own   = ["read_settings", "keep_ledger"]
  site  = ["read_site", "list_site"]
  run   = ["read_run", "read_documents", "list_documents"]
  job   = concat(local.own, local.site, ["answer_jobs", "call_answer_failure"])
  judge = concat(local.run, ["read_history", "query_catalog"])
  tell  = ["read_builds", "read_build_logs", "read_secret"]
  begin = ["read_declaration", "start_runs"]
  later = ["schedule_recheck", "pass_schedule_role"]

  functions = {
    publish         = concat(local.own, ["read_stream", "query_catalog", "read_documents", "list_documents", "write_documents", "send_stream_failures"])
    start           = concat(local.own, local.run, local.begin, ["read_history", "send_function_failures"])
    deploy-site     = concat(local.job, local.run, ["read_history", "write_site", "clear_site"])
    invalidate-edge = concat(local.job, ["purge_edge"])
    verify-live     = concat(local.job, local.judge, local.later, ["purge_edge"])
    announce        = concat(local.job, local.judge, local.tell)
    sweep           = concat(local.own, local.site, local.judge, local.tell, local.begin, ["scan_catalog", "write_documents", "write_site", "clear_site", "purge_edge", "send_function_failures"])
    release         = concat(local.own, local.site, local.judge, local.begin, local.later, ["write_site", "clear_site", "purge_edge", "close_front", "send_function_failures"])
    answer-failure  = ["fail_jobs", "send_function_failures"]
  }
}

module "role" {
  source   = "../role"
  for_each = local.functions
  name     = "${var.project}-${each.key}"
  service  = "lambda.amazonaws.com"

  statements = concat(
    [{
      sid       = "WriteLogs"
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["${local.arn}:logs:${local.here}:log-group:/aws/lambda/${var.project}-${each.key}:*"]
      reason    = "its own log; a suffix because streams are named by instance"
      equals    = {}
    }],
    [for need in each.value : merge({ equals = {} }, local.may[need])],
  )
}

module "schedule_role" {
  source         = "../role"
  name           = "${var.project}-schedule"
  service        = "scheduler.amazonaws.com"
  source_account = var.account

  statements = [{
    sid       = "CallVerifyLive"
    actions   = ["lambda:InvokeFunction"]
    resources = ["${local.function_arn}-verify-live"]
    reason    = "the second look at a slow edge"
  }]
}
