module "bucket" {
  source      = "../bucket"
  name        = var.bucket
  eventbridge = true
}

# A pipeline reads its sources when it is created, so the documents have to be there before. From then on they are the
# functions'; Terraform must never write one again.
resource "aws_s3_object" "seed" {
  #checkov:skip=CKV_AWS_186:the bucket encrypts with SSE-S3
  for_each       = { for object in var.objects : object.key => object.seed_base64 }
  bucket         = module.bucket.name
  key            = each.key
  content_base64 = each.value
  content_type   = "application/zip"
  metadata       = { generation = "0" } # as every later write has it
  depends_on     = [module.bucket]

  lifecycle {
    ignore_changes = all
  }
}
