variable "project" {
  description = "Name of the project."
  type        = string
}


variable "origin" {
  description = "The site's bucket: its name and the host name CloudFront fetches from."
  type = object({
    bucket      = string
    domain_name = string
  })
}

variable "default_ttl_seconds" {
  description = "How long a page that says nothing itself is kept: [edge] default_ttl_seconds of laststop.toml."
  type        = number
}

variable "domain_names" {
  description = "Host names of one's own; each needs a DNS record that leads to the distribution."
  type        = list(string)
  default     = []
}

variable "certificate_arn" {
  description = "Certificate for these names, in us-east-1: CloudFront takes it from nowhere else."
  type        = string
  default     = ""

  validation {
    condition     = var.certificate_arn == "" || can(regex("^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/", var.certificate_arn))
    error_message = "CloudFront takes certificates from us-east-1 only."
  }
}

variable "price_class" {
  description = "Which edge locations serve: PriceClass_100, PriceClass_200 or PriceClass_All."
  type        = string
  default     = "PriceClass_100"

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "It is PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

variable "web_acl_arn" {
  description = "A web ACL of AWS WAF (scope CLOUDFRONT, us-east-1) to stand before the site; empty for none."
  type        = string
  default     = ""
}
