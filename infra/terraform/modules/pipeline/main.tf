# The declaration, member by member, in the provider's words. The optional members are read with `try`: that would hide
# a misspelt key, so the file's digest is held to the one `laststop aws render` judged strictly.
resource "aws_codepipeline" "this" {
  #checkov:skip=CKV_AWS_219:artifacts lie in a bucket that encrypts with SSE-S3
  name           = var.declaration.name
  role_arn       = module.role.arn
  pipeline_type  = try(var.declaration.pipelineType, "V2")
  execution_mode = try(var.declaration.executionMode, "SUPERSEDED")

  artifact_store {
    type     = "S3"
    location = var.artifacts_bucket
  }

  dynamic "variable" {
    for_each = try(var.declaration.variables, [])

    content {
      name          = variable.value.name
      default_value = try(variable.value.defaultValue, null)
      description   = try(variable.value.description, null)
    }
  }

  dynamic "trigger" {
    for_each = try(var.declaration.triggers, [])

    content {
      provider_type = trigger.value.providerType

      git_configuration {
        source_action_name = trigger.value.gitConfiguration.sourceActionName

        dynamic "push" {
          for_each = try(trigger.value.gitConfiguration.push, [])

          content {
            dynamic "branches" {
              for_each = try([push.value.branches], [])

              content {
                includes = try(branches.value.includes, null)
                excludes = try(branches.value.excludes, null)
              }
            }

            dynamic "file_paths" {
              for_each = try([push.value.filePaths], [])

              content {
                includes = try(file_paths.value.includes, null)
                excludes = try(file_paths.value.excludes, null)
              }
            }

            dynamic "tags" {
              for_each = try([push.value.tags], [])

              content {
                includes = try(tags.value.includes, null)
                excludes = try(tags.value.excludes, null)
              }
            }

          }
        }

        dynamic "pull_request" {
          for_each = try(trigger.value.gitConfiguration.pullRequest, [])

          content {
            events = try(pull_request.value.events, null)

            dynamic "branches" {
              for_each = try([pull_request.value.branches], [])

              content {
                includes = try(branches.value.includes, null)
                excludes = try(branches.value.excludes, null)
              }
            }

            dynamic "file_paths" {
              for_each = try([pull_request.value.filePaths], [])

              content {
                includes = try(file_paths.value.includes, null)
                excludes = try(file_paths.value.excludes, null)
              }
            }

          }
        }
      }
    }
  }

  dynamic "stage" {
    for_each = var.declaration.stages

    content {
      name = stage.value.name

      dynamic "action" {
        for_each = stage.value.actions

        content {
          name               = action.value.name
          category           = action.value.actionTypeId.category
          owner              = action.value.actionTypeId.owner
          provider           = action.value.actionTypeId.provider
          version            = try(action.value.actionTypeId.version, "1")
          run_order          = try(action.value.runOrder, 1)
          configuration      = try(action.value.configuration, null)
          input_artifacts    = try(action.value.inputArtifacts[*].name, null)
          output_artifacts   = contains(local.with_files, action.value.name) ? null : try(action.value.outputArtifacts[*].name, null)
          namespace          = try(action.value.namespace, null)
          region             = try(action.value.region, null)
          role_arn           = try(action.value.roleArn, null)
          timeout_in_minutes = try(action.value.timeoutInMinutes, null)
          commands           = try(action.value.commands, null)
          output_variables   = try(action.value.outputVariables, null)

          dynamic "output_artifacts_for_compute_action" {
            for_each = contains(local.with_files, action.value.name) ? action.value.outputArtifacts : []

            content {
              name  = output_artifacts_for_compute_action.value.name
              files = try(output_artifacts_for_compute_action.value.files, null)
            }
          }
        }
      }

      dynamic "before_entry" {
        for_each = try([stage.value.beforeEntry], [])

        content {
          dynamic "condition" {
            for_each = before_entry.value.conditions

            content {
              result = try(condition.value.result, null)

              dynamic "rule" {
                for_each = condition.value.rules

                content {
                  name               = rule.value.name
                  configuration      = try(rule.value.configuration, null)
                  commands           = try(rule.value.commands, null)
                  input_artifacts    = try(rule.value.inputArtifacts[*].name, null)
                  region             = try(rule.value.region, null)
                  role_arn           = try(rule.value.roleArn, null)
                  timeout_in_minutes = try(rule.value.timeoutInMinutes, null)

                  rule_type_id {
                    category = try(rule.value.ruleTypeId.category, "Rule")
                    owner    = try(rule.value.ruleTypeId.owner, "AWS")
                    provider = rule.value.ruleTypeId.provider
                    version  = try(rule.value.ruleTypeId.version, "1")
                  }
                }
              }
            }
          }
        }
      }

      dynamic "on_success" {
        for_each = try([stage.value.onSuccess], [])

        content {
          dynamic "condition" {
            for_each = on_success.value.conditions

            content {
              result = try(condition.value.result, null)

              dynamic "rule" {
                for_each = condition.value.rules

                content {
                  name               = rule.value.name
                  configuration      = try(rule.value.configuration, null)
                  commands           = try(rule.value.commands, null)
                  input_artifacts    = try(rule.value.inputArtifacts[*].name, null)
                  region             = try(rule.value.region, null)
                  role_arn           = try(rule.value.roleArn, null)
                  timeout_in_minutes = try(rule.value.timeoutInMinutes, null)

                  rule_type_id {
                    category = try(rule.value.ruleTypeId.category, "Rule")
                    owner    = try(rule.value.ruleTypeId.owner, "AWS")
                    provider = rule.value.ruleTypeId.provider
                    version  = try(rule.value.ruleTypeId.version, "1")
                  }
                }
              }
            }
          }
        }
      }

      dynamic "on_failure" {
        for_each = try([stage.value.onFailure], [])

        content {
          result = try(on_failure.value.result, null)

          dynamic "retry_configuration" {
            for_each = try([on_failure.value.retryConfiguration], [])

            content {
              retry_mode = try(retry_configuration.value.retryMode, "FAILED_ACTIONS")
            }
          }

          dynamic "condition" {
            for_each = try(on_failure.value.conditions, [])

            content {
              result = try(condition.value.result, null)

              dynamic "rule" {
                for_each = condition.value.rules

                content {
                  name               = rule.value.name
                  configuration      = try(rule.value.configuration, null)
                  commands           = try(rule.value.commands, null)
                  input_artifacts    = try(rule.value.inputArtifacts[*].name, null)
                  region             = try(rule.value.region, null)
                  role_arn           = try(rule.value.roleArn, null)
                  timeout_in_minutes = try(rule.value.timeoutInMinutes, null)

                  rule_type_id {
                    category = try(rule.value.ruleTypeId.category, "Rule")
                    owner    = try(rule.value.ruleTypeId.owner, "AWS")
                    provider = rule.value.ruleTypeId.provider
                    version  = try(rule.value.ruleTypeId.version, "1")
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

locals {
  # Output artifacts that name files are spelled differently; only Commands actions have them.
  with_files = [for a in local.actions : a.name if anytrue([for output in try(a.outputArtifacts, []) : can(output.files)])]
}
