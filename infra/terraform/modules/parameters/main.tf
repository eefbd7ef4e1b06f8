resource "aws_ssm_parameter" "this" {
  #checkov:skip=CKV2_AWS_34:names and ARNs, no secrets; Serverless could not read SecureString without a key of its own
  #checkov:skip=CKV_AWS_337:as above
  for_each = var.values
  name     = "/${var.project}/${each.key}"
  type     = "String"
  tier     = length(each.value) > 4096 ? "Advanced" : "Standard" # settings of large projects; 0.05 USD a month
  value    = each.value

  lifecycle {
    precondition {
      condition     = length(each.value) <= 8192
      error_message = "/${var.project}/${each.key} is longer than SSM takes (8 KiB)."
    }
  }
}
