output "stream_failures_arn" {
  description = "ARN of the failure queue of the stream mapping."
  value       = "${local.queue_arn}-stream-failures"
  depends_on  = [aws_sqs_queue.stream_failures]
}

output "function_failures_arn" {
  description = "ARN of the failure queue of asynchronous calls and of EventBridge's targets."
  value       = "${local.queue_arn}-function-failures"
  depends_on  = [aws_sqs_queue_policy.function_failures]
}
