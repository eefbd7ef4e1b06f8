data "aws_partition" "current" {}

locals {
  arn = "arn:${data.aws_partition.current.partition}:s3:::${var.name}"
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_145:SSE-S3 encrypts; a key of one's own would cost a request per object and guard nothing more here
  #checkov:skip=CKV_AWS_18:access logs are the account's policy, and cost storage; CloudTrail data events do the same
  #checkov:skip=CKV_AWS_144:documents and pages are rebuilt from the catalog; a second region holds no copy
  #checkov:skip=CKV_AWS_21:versioning is a variable; only the artifact store, whose objects are written once, goes without
  #checkov:skip=CKV2_AWS_62:events are on where something listens (the documents), and nowhere else
  bucket        = var.name
  force_destroy = false # the protection of what lies in it: a bucket with objects cannot be destroyed
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  count  = var.versioned ? 1 : 0
  bucket = aws_s3_bucket.this.bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  #checkov:skip=CKV_AWS_300:the first rule ends unfinished uploads; the checker loses it beside dynamic rules
  bucket = aws_s3_bucket.this.bucket

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  dynamic "rule" {
    for_each = var.versioned ? [var.noncurrent_days] : []

    content {
      id     = "replaced-versions"
      status = "Enabled"

      filter {}

      noncurrent_version_expiration {
        noncurrent_days = rule.value
      }
    }
  }

  dynamic "rule" {
    for_each = var.expire_days > 0 ? [var.expire_days] : []

    content {
      id     = "old-objects"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_notification" "this" {
  count       = var.eventbridge ? 1 : 0
  bucket      = aws_s3_bucket.this.bucket
  eventbridge = true
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.bucket
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "RefusePlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.arn, "${local.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
      [for reader in var.readers : {
        Sid       = reader.sid
        Effect    = "Allow"
        Principal = { Service = reader.service }
        Action    = reader.actions
        Resource  = reader.resources
        Condition = { StringEquals = { "aws:SourceArn" = reader.source_arn } }
      }],
    )
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}
