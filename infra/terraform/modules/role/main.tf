locals {
  document = {
    Version = "2012-10-17"
    Statement = [for s in var.statements : merge(
      {
        Sid      = s.sid
        Effect   = "Allow"
        Action   = s.actions
        Resource = s.resources
      },
      length(s.equals) == 0 ? {} : { Condition = { StringEquals = s.equals } },
    )]
  }
}

resource "aws_iam_role" "this" {
  name = var.name
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [merge(
      {
        Effect    = "Allow"
        Action    = "sts:AssumeRole"
        Principal = { Service = var.service }
      },
      var.source_account == "" ? {} : { Condition = { StringEquals = { "aws:SourceAccount" = var.source_account } } },
    )]
  })
}

resource "aws_iam_role_policy" "this" {
  #checkov:skip=CKV_AWS_355:only actions without resource support have the resource *; docs/reference/iam.md lists them and a test compares
  #checkov:skip=CKV_AWS_290:see above; every action is spelled out
  name   = "needs"
  role   = aws_iam_role.this.name
  policy = jsonencode(local.document)
}
