data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition
  existing  = var.project.catalog.stream_arn != ""
}

module "catalog" {
  source              = "../modules/table"
  count               = local.existing ? 0 : 1
  name                = var.project.catalog.table
  partition_key       = var.project.catalog.algorithm
  sort_key            = var.project.catalog.version
  stream              = true
  deletion_protection = var.deletion_protection
}

# Without a stream: what laststop notes there must never wake it.
module "ledger" {
  source              = "../modules/table"
  name                = var.project.ledger_table
  partition_key       = "pk"
  sort_key            = "sk"
  deletion_protection = var.deletion_protection
}

module "documents" {
  source  = "../modules/documents"
  bucket  = var.project.documents.bucket
  objects = var.project.documents.objects
}

module "artifacts" {
  source      = "../modules/bucket"
  name        = var.project.artifacts_bucket
  versioned   = false
  expire_days = 90
}

# Releases go when the sweep says so, never by age: after a quiet quarter the live page would be the old one.
module "site" {
  source          = "../modules/bucket"
  name            = var.project.site_bucket
  noncurrent_days = 31

  readers = [{
    sid        = "TheEdgeReads"
    service    = "cloudfront.amazonaws.com"
    actions    = ["s3:GetObject"]
    resources  = ["arn:${local.partition}:s3:::${var.project.site_bucket}/site/*"]
    source_arn = module.edge.distribution_arn
    }, {
    sid        = "TheEdgeTellsMissing" # without it a missing page is a 403
    service    = "cloudfront.amazonaws.com"
    actions    = ["s3:ListBucket"]
    resources  = ["arn:${local.partition}:s3:::${var.project.site_bucket}"]
    source_arn = module.edge.distribution_arn
  }]
}

module "edge" {
  source              = "../modules/edge"
  project             = var.project.name
  default_ttl_seconds = var.project.default_ttl_seconds
  domain_names        = var.domain_names
  certificate_arn     = var.certificate_arn
  price_class         = var.price_class
  web_acl_arn         = var.web_acl_arn

  origin = {
    bucket      = module.site.name
    domain_name = module.site.regional_domain_name
  }
}

module "queues" {
  source  = "../modules/queues"
  project = var.project.name
  account = var.project.account
  region  = var.project.region
}

# Only the name: the token itself is put there by a person, and never comes near Terraform's state.
resource "aws_secretsmanager_secret" "slack" {
  #checkov:skip=CKV_AWS_149:encrypted with the account's own key of Secrets Manager
  #checkov:skip=CKV2_AWS_57:Slack's bot tokens cannot be renewed by a program
  name                    = "${var.project.name}/slack-token"
  description             = "The Slack token of ${var.project.name}, as plain text"
  recovery_window_in_days = 7
}

resource "aws_codeconnections_connection" "git" {
  count         = var.project.connection.provider == "" ? 0 : 1
  name          = substr("${var.project.name}-git", 0, 32) # the most a connection's name may have
  provider_type = var.project.connection.provider
}

module "functions" {
  source             = "../modules/functions"
  project            = var.project.name
  account            = var.project.account
  region             = var.project.region
  catalog_table      = var.project.catalog.table
  catalog_stream_arn = local.existing ? var.project.catalog.stream_arn : module.catalog[0].stream_arn
  ledger_table       = var.project.ledger_table
  site_arn           = module.site.arn
  distribution_arn   = module.edge.distribution_arn
  slack_secret_arn   = aws_secretsmanager_secret.slack.arn
  build_project      = var.project.build_project

  documents = {
    bucket_arn  = module.documents.arn
    object_arns = module.documents.object_arns
  }
  queue_arns = {
    stream_failures   = module.queues.stream_failures_arn
    function_failures = module.queues.function_failures_arn
  }
  pipeline = {
    name        = var.project.pipeline.name
    front_stage = var.project.pipeline.front_stage
  }
}

# infra/contract.md says who reads what.
module "parameters" {
  source  = "../modules/parameters"
  project = var.project.name

  values = merge(
    {
      "settings"                     = var.project.settings
      "catalog/table"                = local.existing ? var.project.catalog.table : module.catalog[0].name
      "catalog/stream-arn"           = local.existing ? var.project.catalog.stream_arn : module.catalog[0].stream_arn
      "ledger/table"                 = module.ledger.name
      "documents/bucket"             = module.documents.bucket
      "artifacts/bucket"             = module.artifacts.name
      "site/bucket"                  = module.site.name
      "edge/distribution-id"         = module.edge.distribution_id
      "edge/domain"                  = module.edge.domain
      "pipeline/name"                = var.project.pipeline.name
      "build/project"                = var.project.build_project
      "slack/secret-arn"             = aws_secretsmanager_secret.slack.arn
      "queues/stream-failures-arn"   = module.queues.stream_failures_arn
      "queues/function-failures-arn" = module.queues.function_failures_arn
    },
    { for name, arn in module.functions.role_arns : "roles/${name}" => arn },
  )
}
