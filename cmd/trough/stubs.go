package main

import "github.com/spf13/cobra"

func (a *app) why() *cobra.Command      { return &cobra.Command{Use: "why"} }
func (a *app) policies() *cobra.Command { return &cobra.Command{Use: "policies"} }
func (a *app) scenario() *cobra.Command { return &cobra.Command{Use: "scenario"} }
func (a *app) trace() *cobra.Command    { return &cobra.Command{Use: "trace"} }
