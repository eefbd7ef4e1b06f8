data "aws_partition" "current" {}

locals {
  prefix    = "arn:${data.aws_partition.current.partition}"
  queue_arn = "${local.prefix}:sqs:${var.region}:${var.account}:${var.project}"
}

# Nobody polls these queues: they cost nothing while they are empty, and an alarm looks at their length.
resource "aws_sqs_queue" "stream_failures" {
  name                      = "${var.project}-stream-failures"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600 # 14 days, the longest; the stream's own records die after one
}

resource "aws_sqs_queue" "function_failures" {
  name                      = "${var.project}-function-failures"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue_policy" "function_failures" {
  queue_url = aws_sqs_queue.function_failures.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "EventsThatReachedNobody"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "${local.queue_arn}-function-failures"
      Condition = { ArnLike = { "aws:SourceArn" = "${local.prefix}:events:${var.region}:${var.account}:rule/${var.project}-*" } }
    }]
  })
}
