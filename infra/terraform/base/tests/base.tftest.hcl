mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  project = jsondecode(file("tests/project.json")).project
}

run "laststop_makes_its_tables" {
  command = plan

  assert {
    condition     = length(module.catalog) == 1 && module.ledger.stream_arn == ""
    error_message = "no catalog table, or a ledger with a stream"
  }
}

run "an_existing_table_is_used_and_left_alone" {
  command = plan

  variables {
    project = merge(jsondecode(file("tests/project.json")).project, {
      catalog = {
        table      = "Algorithms"
        stream_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/Algorithms/stream/2024-05-17T08:30:00.000"
        algorithm  = "Name"
        version    = "Version"
      }
    })
  }
  assert {
    condition     = length(module.catalog) == 0
    error_message = "a second table"
  }
}

run "a_connection_is_made_only_when_asked_for" {
  command = plan

  assert {
    condition     = output.connection == null
    error_message = "a connection nobody asked for"
  }
}


run "a_file_of_other_making_is_refused" {
  command = plan

  variables {
    project = merge(jsondecode(file("tests/project.json")).project, { account = "mine" })
  }
  expect_failures = [var.project]
}
