terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.62"
    }
  }
}

provider "aws" {
  region              = var.project.region
  allowed_account_ids = [var.project.account]

  default_tags {
    tags = merge({ project = var.project.name, managed-by = "laststop" }, var.tags)
  }
}
