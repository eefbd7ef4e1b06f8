mock_provider "aws" {}

variables {
  name    = "translations-publish"
  service = "lambda.amazonaws.com"
  statements = [{
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::b/k"]
    reason    = "because"
  }]
}

run "reasons_stay_here" {
  command = plan

  assert {
    condition     = aws_iam_role_policy.this.policy == jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "Read", Effect = "Allow", Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::b/k"] }] })
    error_message = "another document"
  }
}

run "an_action_has_no_wildcard" {
  command = plan

  variables {
    statements = [{ sid = "A", actions = ["s3:Get*"], resources = ["*"], reason = "" }]
  }
  expect_failures = [var.statements]
}

run "a_need_is_stated_once" {
  command = plan

  variables {
    statements = [
      { sid = "A", actions = ["s3:GetObject"], resources = ["*"], reason = "" },
      { sid = "A", actions = ["s3:PutObject"], resources = ["*"], reason = "" },
    ]
  }
  expect_failures = [var.statements]
}

run "a_need_without_a_resource_is_none" {
  command = plan

  variables {
    statements = [{ sid = "A", actions = ["s3:GetObject"], resources = [], reason = "" }]
  }
  expect_failures = [var.statements]
}
