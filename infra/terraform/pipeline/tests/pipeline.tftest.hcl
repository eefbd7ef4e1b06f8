mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_codestarconnections_connection" {
    defaults = { connection_status = "AVAILABLE" }
  }
  mock_data "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:111122223333:function:found" }
  }
}

variables {
  project       = jsondecode(file("tests/project.json")).project
  pipeline_file = "tests/pipeline.yml"
}

run "the_pipeline_has_the_name_of_the_file" {
  command = plan

  assert {
    condition     = output.pipeline == "translations"
    error_message = "another name"
  }
}

run "a_pending_connection_stops_it" {
  command = plan

  override_data {
    target = data.aws_codestarconnections_connection.git
    values = { connection_status = "PENDING" }
  }
  expect_failures = [data.aws_codestarconnections_connection.git]
}
