variables {
  file   = "tests/small.yml"
  names  = { project = "translations", connection_arn = "arn:x", branch = "a\"b: {c}\\ ${"$"}{project} <&>" }
  judged = { name = "translations", sha256 = filesha256("tests/small.yml") }
}

run "a_value_fills_its_place_and_nothing_else" {
  command = plan

  assert {
    condition     = output.pipeline.name == "translations"
    error_message = "the name was not filled in"
  }
  assert {
    condition     = output.pipeline.stages[0].actions[0].configuration.BranchName == var.names.branch
    error_message = "a value changed on its way"
  }
  assert {
    condition     = output.pipeline.stages[0].actions[0].configuration.UserParameters == "#{a.b} $NAME $ translations-${var.names.branch}"
    error_message = "what is no placeholder changed, or a value was looked at again"
  }
}

run "another_file_than_the_judged_one_is_refused" {
  command = plan

  variables {
    judged = { name = "translations", sha256 = "0" }
  }
  expect_failures = [output.pipeline]
}

run "a_placeholder_without_a_value_is_refused" {
  command = plan

  variables {
    names = { project = "translations" }
  }
  expect_failures = [output.pipeline]
}

run "another_name_than_the_roles_are_made_for_is_refused" {
  command = plan

  variables {
    judged = { name = "other", sha256 = filesha256("tests/small.yml") }
  }
  expect_failures = [output.pipeline]
}

run "a_connection_that_was_not_confirmed_yet_is_refused" {
  command = plan

  variables {
    names = { project = "translations", branch = "main", connection_arn = "" }
  }
  expect_failures = [output.pipeline]
}
