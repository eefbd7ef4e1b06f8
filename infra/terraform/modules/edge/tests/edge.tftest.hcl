mock_provider "aws" {}

variables {
  project             = "translations"
  default_ttl_seconds = 300
  origin              = { bucket = "translations-site", domain_name = "translations-site.s3.eu-west-1.amazonaws.com" }
}

run "readers_come_by_https_and_find_one_copy_of_each_page" {
  command = plan

  assert {
    condition     = aws_cloudfront_distribution.this.default_cache_behavior[0].viewer_protocol_policy == "redirect-to-https"
    error_message = "plain HTTP is served"
  }
  assert {
    condition     = aws_cloudfront_cache_policy.this.default_ttl == 300 && aws_cloudfront_cache_policy.this.min_ttl == 0
    error_message = "pages cannot say themselves how long they are kept"
  }
  assert {
    condition     = aws_cloudfront_cache_policy.this.parameters_in_cache_key_and_forwarded_to_origin[0].query_strings_config[0].query_string_behavior == "none"
    error_message = "an invalidation of a path would leave copies with queries"
  }
}

run "names_of_ones_own_need_a_certificate" {
  command = plan

  variables {
    domain_names = ["www.example.com"]
  }
  expect_failures = [aws_cloudfront_distribution.this]
}

run "the_certificate_comes_from_us_east_1" {
  command = plan

  variables {
    domain_names    = ["www.example.com"]
    certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/1"
  }
  expect_failures = [var.certificate_arn]
}

run "with_both_the_readers_address_is_ones_own" {
  command = plan

  variables {
    domain_names    = ["www.example.com"]
    certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/1"
  }
  assert {
    condition     = output.domain == "www.example.com"
    error_message = "another address"
  }
  assert {
    condition     = aws_cloudfront_distribution.this.viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021"
    error_message = "old protocols are accepted"
  }
}
