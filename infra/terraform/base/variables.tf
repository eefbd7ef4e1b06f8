variable "deletion_protection" {
  description = "Whether the tables refuse to be deleted. Switch it off, apply, and only then destroy."
  type        = bool
  default     = true
}

variable "domain_names" {
  description = "Host names of one's own for the page."
  type        = list(string)
  default     = []
}

variable "certificate_arn" {
  description = "Certificate for these names, in us-east-1."
  type        = string
  default     = ""
}

variable "price_class" {
  description = "CloudFront's edge locations: PriceClass_100, PriceClass_200 or PriceClass_All."
  type        = string
  default     = "PriceClass_100"
}

variable "web_acl_arn" {
  description = "A web ACL of AWS WAF to stand before the page; empty for none."
  type        = string
  default     = ""
}

variable "tags" {
  description = "Tags of everything, beside project and managed-by."
  type        = map(string)
  default     = {}
}
