locals {
  own_names = length(var.domain_names) > 0
}

resource "aws_cloudfront_origin_access_control" "this" {
  name                              = "${var.project}-site"
  description                       = "Lets the distribution of ${var.project}, and nobody else, read the site's bucket"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_function" "directory_index" {
  name    = "${var.project}-directory-index"
  comment = "Directories mean their index.html"
  runtime = "cloudfront-js-2.0"
  publish = true
  code    = file("${path.module}/directory-index.js")
}

# Neither cookies nor headers nor queries make another page of a static site: one copy of each path, and an
# invalidation of a path clears all of it.
resource "aws_cloudfront_cache_policy" "this" {
  name        = "${var.project}-site"
  comment     = "One copy of each path"
  min_ttl     = 0
  default_ttl = var.default_ttl_seconds
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true

    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

# No content security policy: only the page's author can write one, and a wrong one breaks the page. The page says its
# own in a meta element.
resource "aws_cloudfront_response_headers_policy" "this" {
  #checkov:skip=CKV_AWS_259:a year of HTTPS for this host; whether its subdomains follow is their owner's to say
  name    = "${var.project}-site"
  comment = "What a browser should know of a static site"

  security_headers_config {
    content_type_options {
      override = true
    }
    frame_options {
      frame_option = "SAMEORIGIN"
      override     = false
    }
    referrer_policy {
      referrer_policy = "strict-origin-when-cross-origin"
      override        = false
    }
    strict_transport_security {
      access_control_max_age_sec = 31536000
      include_subdomains         = false
      override                   = true
      preload                    = false
    }
  }
}

resource "aws_cloudfront_distribution" "this" {
  #checkov:skip=CKV_AWS_68:a firewall is the account's choice: web_acl_arn; a static site has nothing to inject into
  #checkov:skip=CKV2_AWS_47:as above
  #checkov:skip=CKV_AWS_86:access logs cost per request and hold readers' addresses; who needs them adds them knowingly
  #checkov:skip=CKV_AWS_310:one bucket is the only origin; a second would have to be kept equal
  #checkov:skip=CKV_AWS_374:a public page is for everybody; restrict it where the law asks
  #checkov:skip=CKV_AWS_174:without a name of one's own CloudFront sets the protocol itself; with one it is TLSv1.2_2021
  #checkov:skip=CKV2_AWS_42:names and certificate are variables; the distribution's own name works without them
  enabled             = true
  comment             = var.project
  default_root_object = "index.html"
  http_version        = "http2and3"
  is_ipv6_enabled     = true
  price_class         = var.price_class
  aliases             = var.domain_names
  web_acl_id          = var.web_acl_arn == "" ? null : var.web_acl_arn

  origin {
    origin_id                = "site"
    origin_path              = "/site" # beside it lie the contents of kept releases; readers reach nothing outside
    domain_name              = var.origin.domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this.id
  }

  default_cache_behavior {
    target_origin_id           = "site"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = aws_cloudfront_cache_policy.this.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.directory_index.arn
    }
  }

  # A page that is not there yet must not stay missing for long once it is.
  custom_error_response {
    error_code            = 404
    response_code         = 404
    response_page_path    = "/404.html"
    error_caching_min_ttl = 10
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = local.own_names ? null : true
    acm_certificate_arn            = local.own_names ? var.certificate_arn : null
    ssl_support_method             = local.own_names ? "sni-only" : null
    minimum_protocol_version       = local.own_names ? "TLSv1.2_2021" : null
  }

  lifecycle {
    precondition {
      condition     = !local.own_names || var.certificate_arn != ""
      error_message = "Host names of one's own need certificate_arn, a certificate in us-east-1."
    }
  }
}
