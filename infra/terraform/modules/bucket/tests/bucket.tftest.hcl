mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  name = "translations-documents"
}

run "a_bucket_is_private_encrypted_and_kept" {
  command = plan

  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    error_message = "it could be made public"
  }
  assert {
    condition     = !aws_s3_bucket.this.force_destroy
    error_message = "it could be destroyed with what lies in it"
  }
  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[0].Effect == "Deny"
    error_message = "plain HTTP is not refused"
  }
}

run "nothing_current_goes_by_age_unless_asked" {
  command = plan

  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : length(rule.expiration) == 0])
    error_message = "current objects expire"
  }
}

run "versions_a_run_may_wait_for_are_kept" {
  command = plan

  variables {
    noncurrent_days = 30
  }
  expect_failures = [var.noncurrent_days]
}

run "artifacts_a_run_may_wait_for_are_kept" {
  command = plan

  variables {
    expire_days = 30
  }
  expect_failures = [var.expire_days]
}
