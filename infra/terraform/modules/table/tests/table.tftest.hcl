mock_provider "aws" {}

variables {
  name          = "translations-catalog"
  partition_key = "algorithm"
  sort_key      = "version"
}

run "a_table_refuses_to_be_deleted_and_can_be_restored" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "deletion protection is off"
  }
  assert {
    condition     = one(aws_dynamodb_table.this.point_in_time_recovery).enabled
    error_message = "no point in time recovery"
  }
}

run "without_asking_there_is_no_stream" {
  command = plan

  assert {
    condition     = !aws_dynamodb_table.this.stream_enabled && output.stream_arn == ""
    error_message = "a stream nobody asked for"
  }
}

run "a_stream_carries_both_images" {
  command = plan

  variables {
    stream = true
  }
  assert {
    condition     = aws_dynamodb_table.this.stream_view_type == "NEW_AND_OLD_IMAGES"
    error_message = "publish needs both images"
  }
}

run "keys_are_strings" {
  command = plan

  assert {
    condition     = toset([for a in aws_dynamodb_table.this.attribute : "${a.name}:${a.type}"]) == toset(["algorithm:S", "version:S"])
    error_message = "other keys"
  }
}
